//! Files on their way in: so many at a time, from one address and in all, and none slower than a slow line. So nobody can hold up
//! the others by sending a byte a second.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, timeout};

use crate::web::error::AppError;
use crate::web::state::AppState;

/// Uploads that come in at the same time.
const MOST: usize = 8;

/// Uploads that come in at the same time from one address.
const MOST_OF_ONE: usize = 4;

/// How slowly files may come.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// Time in which more must come.
    stalled: Duration,
    /// Time after which the mean speed counts.
    patience: Duration,
    /// Bytes a second at least, on average.
    slowest: f64,
}

/// A tenth of what an old modem brings.
const PACE: Pace = Pace { stalled: Duration::from_secs(20), patience: Duration::from_secs(20), slowest: 512.0 };

/// Who is sending.
#[derive(Debug, Default)]
pub(in crate::web) struct Transit(Mutex<HashMap<IpAddr, usize>>);

/// A place among those who send; given back when dropped.
struct Place {
    state: Arc<AppState>,
    address: IpAddr,
}

impl Transit {
    fn senders(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, address: IpAddr) -> Result<(), AppError> {
        let mut senders = self.senders();
        let own = senders.get(&address).copied().unwrap_or(0);
        if own >= MOST_OF_ONE || senders.values().sum::<usize>() >= MOST {
            return Err(AppError::Busy(
                "Several uploads are coming in already; send the files when one of them has ended.".to_owned(),
            ));
        }
        senders.insert(address, own + 1);
        Ok(())
    }

    fn leave(&self, address: IpAddr) {
        let mut senders = self.senders();
        if let Some(own) = senders.get_mut(&address) {
            *own -= 1;
            if *own == 0 {
                senders.remove(&address);
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.state.transit.leave(self.address);
    }
}

/// Lets a request with files in when there is a place, and gives up on one that comes too slowly.
pub(in crate::web) async fn admit(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address = from.map_or(IpAddr::from([127, 0, 0, 1]), |ConnectInfo(address)| address.ip());
    if let Err(busy) = state.transit.enter(address) {
        return busy.into_response();
    }
    let _place = Place { state, address };
    let too_slow = Arc::new(AtomicBool::new(false));
    let response = next.run(request.map(|body| paced(body, PACE, Arc::clone(&too_slow)))).await;
    if too_slow.load(Ordering::Relaxed) {
        return AppError::TooSlow.into_response();
    }
    response
}

/// A body that ends with an error when it comes too slowly.
fn paced(body: Body, pace: Pace, too_slow: Arc<AtomicBool>) -> Body {
    let began = Instant::now();
    let pieces = stream::unfold(Some((body.into_data_stream(), 0_usize)), move |coming| {
        let too_slow = Arc::clone(&too_slow);
        async move {
            let (mut pieces, bytes) = coming?;
            let piece = timeout(pace.stalled, pieces.next()).await;
            let passed = began.elapsed();
            let is_slow = passed > pace.patience && (bytes as f64) < pace.slowest * passed.as_secs_f64();
            match piece {
                Ok(None) => None,
                Ok(Some(Ok(piece))) if !is_slow => {
                    let bytes = bytes + piece.len();
                    Some((Ok(piece), Some((pieces, bytes))))
                }
                Ok(Some(Err(error))) => Some((Err(io::Error::other(error)), None)),
                Ok(Some(Ok(_))) | Err(_) => {
                    too_slow.store(true, Ordering::Relaxed);
                    Some((Err(io::ErrorKind::TimedOut.into()), None))
                }
            }
        }
    });
    Body::from_stream(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;

    #[test]
    fn places_are_bounded_by_address_and_in_all() {
        let transit = Transit::default();
        let address = |last: u8| IpAddr::from([10, 0, 0, last]);
        for _ in 0..MOST_OF_ONE {
            transit.enter(address(1)).unwrap();
        }
        assert!(transit.enter(address(1)).is_err());
        for last in 2..6 {
            transit.enter(address(last)).unwrap();
        }
        assert!(transit.enter(address(9)).is_err());
        transit.leave(address(1));
        transit.enter(address(9)).unwrap();
        for last in [1, 1, 1, 2, 3, 4, 5, 9] {
            transit.leave(address(last));
        }
        assert!(transit.senders().is_empty());
    }

    /// Reads a body whose pieces come so many milliseconds apart; whether it was given up.
    async fn read(pieces: usize, size: usize, apart: u64) -> bool {
        let source = stream::unfold(0, move |sent| async move {
            if sent == pieces {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(apart)).await;
            Some((Ok::<_, io::Error>(Bytes::from(vec![0; size])), sent + 1))
        });
        let pace = Pace { stalled: Duration::from_secs(2), patience: Duration::from_millis(100), slowest: 10_000.0 };
        let too_slow = Arc::new(AtomicBool::new(false));
        let mut body = paced(Body::from_stream(source), pace, Arc::clone(&too_slow)).into_data_stream();
        while let Some(Ok(_)) = body.next().await {}
        too_slow.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn what_comes_too_slowly_is_given_up() {
        assert!(read(10_000, 1, 10).await, "a byte at a time");
        assert!(read(2, 1 << 20, 4000).await, "a stalled one");
        assert!(!read(20, 64 << 10, 10).await, "a fast one");
        assert!(!read(3, 1, 2).await, "a small one that ends soon");
    }
}
