use super::*;
use std::time::{Duration, Instant};

fn wait_over(job: &Job) -> Status {
    let start = Instant::now();
    while !job.status().phase.is_over() && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(2));
    }
    job.status()
}

fn until_cancelled() -> Work {
    Box::new(|observer| {
        while !observer.is_cancelled() {
            std::thread::sleep(Duration::from_millis(1));
        }
        Ending::Cancelled
    })
}

fn done() -> Work {
    Box::new(|observer| {
        observer.progress(0.5, "half");
        Ending::Done { result: "/there".to_owned(), message: "ready".to_owned() }
    })
}

#[test]
fn work_ends_with_its_result() {
    let queue = JobQueue::start().unwrap();
    let job = queue.submit("d", "t", "k", done()).unwrap();
    let status = wait_over(&job);
    assert_eq!((status.phase, status.fraction, status.result.as_deref()), (Phase::Done, 1.0, Some("/there")));
    assert_eq!(queue.get(job.id).unwrap().id, job.id);
}

#[test]
fn the_same_work_is_not_queued_twice_and_can_be_repeated_later() {
    let queue = JobQueue::start().unwrap();
    let first = queue.submit("d", "t", "k", until_cancelled()).unwrap();
    assert_eq!(queue.submit("d", "t", "k", done()).unwrap().id, first.id);
    first.cancel();
    assert_eq!(wait_over(&first).phase, Phase::Cancelled);
    assert_ne!(queue.submit("d", "t", "k", done()).unwrap().id, first.id);
}

#[test]
fn a_full_queue_refuses_and_waiting_jobs_cancel_at_once() {
    let queue = JobQueue::start().unwrap();
    let running = queue.submit("d", "t", "running", until_cancelled()).unwrap();
    while running.status().phase == Phase::Queued {
        std::thread::yield_now();
    }
    let waiting: Vec<_> =
        (0..QUEUE_LENGTH).map(|i| queue.submit("d", "t", &format!("w{i}"), done()).unwrap()).collect();
    assert_eq!(queue.submit("d", "t", "one too many", done()).unwrap_err(), QueueFull);
    waiting[0].cancel();
    assert_eq!(waiting[0].status().phase, Phase::Cancelled);
    let next = queue.submit("d", "t", "in its place", done()).unwrap();
    assert_eq!(queue.submit("d", "t", "one too many", done()).unwrap_err(), QueueFull);
    assert_eq!(next.status().phase, Phase::Queued);
    queue.cancel_all();
    assert_eq!(wait_over(&running).phase, Phase::Cancelled);
}

#[test]
fn any_number_may_stand_behind_what_is_asked_for() {
    let queue = JobQueue::start().unwrap();
    let running = queue.submit("d", "t", "running", until_cancelled()).unwrap();
    while running.status().phase == Phase::Queued {
        std::thread::yield_now();
    }
    let order = Arc::new(Mutex::new(Vec::new()));
    let note = |name: usize| -> Work {
        let order = Arc::clone(&order);
        Box::new(move |_| {
            order.lock().unwrap().push(name);
            Ending::Cancelled
        })
    };
    let behind: Vec<_> = (0..40).map(|i| queue.submit_behind("d", "t", &format!("b{i}"), note(i))).collect();
    assert_eq!(queue.submit_behind("d", "t", "b7", note(7)).id, behind[7].id);
    let asked = queue.submit("d", "t", "asked", note(99)).unwrap();
    running.cancel();
    wait_over(&asked);
    wait_over(&behind[39]);
    let expected: Vec<usize> = std::iter::once(99).chain(0..40).collect();
    assert_eq!(*order.lock().unwrap(), expected);
}

#[test]
fn a_panic_fails_the_job_and_not_the_worker() {
    let queue = JobQueue::start().unwrap();
    let job = queue.submit("d", "t", "k", Box::new(|_| panic!("deliberate"))).unwrap();
    assert_eq!(wait_over(&job).phase, Phase::Failed);
    assert_eq!(wait_over(&queue.submit("d", "t", "k2", done()).unwrap()).phase, Phase::Done);
}
