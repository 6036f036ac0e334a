//! The named segments of RFM scores.

use super::Score;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// A segment of customers by their scores.
///
/// Names and intervals are those that the R package `rfm` documents since version 0.3.0
/// (<https://rfm.rsquaredacademy.com/articles/rfm-introduction.html>); of several that hold, the first in the order of
/// [`ALL`](Self::ALL) counts, as there. In that order each of the ten is reached by some scores. (The intervals that the
/// package printed up to 0.2.2 left New Customers, Promising and Can't Lose Them empty, as others took all of theirs first.)
/// Ten of the 125 scores fit no interval and are Others: 215, 241, 251, 252, 341, 351, 441, 451, 541 and 551.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RfmSegment {
    /// The best on all three.
    Champions,
    /// Bought not long ago and often.
    PotentialLoyalist,
    /// In the middle of all three.
    LoyalCustomers,
    /// Bought not long ago, seldom, for good money.
    Promising,
    /// Bought recently, but seldom yet.
    NewCustomers,
    /// Bought often and for much, long ago.
    CantLoseThem,
    /// Spent much, long ago.
    AtRisk,
    /// Bought often, and recently no more.
    NeedAttention,
    /// Below the middle on all three.
    AboutToSleep,
    /// Did not buy for longest.
    Lost,
    /// No rule fits.
    Others,
}

/// The scores of a segment: lowest and highest of each measure, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Intervals {
    /// Recency.
    pub r_score: (u8, u8),
    /// Frequency.
    pub f_score: (u8, u8),
    /// Monetary.
    pub m_score: (u8, u8),
}

impl Intervals {
    fn hold(self, score: Score) -> bool {
        let within = |(low, high): (u8, u8), points: u8| (low..=high).contains(&points);
        within(self.r_score, score.r_score)
            && within(self.f_score, score.f_score)
            && within(self.m_score, score.m_score)
    }
}

/// A text that is no segment's id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the id of an RFM segment")]
pub struct UnknownSegment(String);

impl RfmSegment {
    /// All segments in the order in which they are tried.
    pub const ALL: [Self; 11] = [
        Self::Champions,
        Self::PotentialLoyalist,
        Self::LoyalCustomers,
        Self::Promising,
        Self::NewCustomers,
        Self::CantLoseThem,
        Self::AtRisk,
        Self::NeedAttention,
        Self::AboutToSleep,
        Self::Lost,
        Self::Others,
    ];

    /// The segment of a score: the first whose intervals hold.
    #[must_use]
    pub fn of(score: Score) -> Self {
        Self::ALL.into_iter().find(|segment| segment.intervals().is_none_or(|i| i.hold(score))).unwrap_or(Self::Others)
    }

    /// The scores that make the segment, where no earlier one holds; `None` for [`Others`](Self::Others), which takes the rest.
    #[must_use]
    pub fn intervals(self) -> Option<Intervals> {
        let of = |r_score, f_score, m_score| Some(Intervals { r_score, f_score, m_score });
        match self {
            Self::Champions => of((5, 5), (5, 5), (5, 5)),
            Self::PotentialLoyalist => of((3, 5), (3, 5), (2, 5)),
            Self::LoyalCustomers => of((2, 4), (2, 4), (2, 4)),
            Self::Promising => of((3, 4), (1, 3), (3, 5)),
            Self::NewCustomers => of((4, 5), (1, 3), (1, 5)),
            Self::CantLoseThem => of((1, 2), (3, 4), (4, 5)),
            Self::AtRisk => of((1, 2), (2, 5), (4, 5)),
            Self::NeedAttention => of((1, 3), (3, 5), (3, 5)),
            Self::AboutToSleep => of((2, 3), (1, 3), (1, 4)),
            Self::Lost => of((1, 1), (1, 5), (1, 5)),
            Self::Others => None,
        }
    }

    /// The name that never changes, for addresses and files; [`FromStr`] reads it.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Champions => "champions",
            Self::PotentialLoyalist => "potential_loyalist",
            Self::LoyalCustomers => "loyal_customers",
            Self::Promising => "promising",
            Self::NewCustomers => "new_customers",
            Self::CantLoseThem => "cant_lose_them",
            Self::AtRisk => "at_risk",
            Self::NeedAttention => "need_attention",
            Self::AboutToSleep => "about_to_sleep",
            Self::Lost => "lost",
            Self::Others => "others",
        }
    }

    /// The name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Champions => "Champions",
            Self::PotentialLoyalist => "Potential Loyalist",
            Self::LoyalCustomers => "Loyal Customers",
            Self::Promising => "Promising",
            Self::NewCustomers => "New Customers",
            Self::CantLoseThem => "Can't Lose Them",
            Self::AtRisk => "At Risk",
            Self::NeedAttention => "Need Attention",
            Self::AboutToSleep => "About To Sleep",
            Self::Lost => "Lost",
            Self::Others => "Others",
        }
    }

    /// What to do with these customers, in a sentence.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::Champions => {
                "Thank them, show them new things first and ask for a recommendation; they need no discount."
            }
            Self::PotentialLoyalist => {
                "Invite them into a loyalty programme and suggest what goes with their purchases."
            }
            Self::LoyalCustomers => "Reward the next order and offer the better version of what they already buy.",
            Self::Promising => "Show them more of the range and give a small reason to come back soon.",
            Self::NewCustomers => "Welcome them, help them with their first purchase and make the second one easy.",
            Self::CantLoseThem => "Contact them in person, find out what went wrong and make it good.",
            Self::AtRisk => "Send a personal reminder with an offer that fits what they used to buy.",
            Self::NeedAttention => "Make an offer for a limited time, chosen from what they bought before.",
            Self::AboutToSleep => "Remind them of popular products before they forget; a small discount may be enough.",
            Self::Lost => "Try one cheap campaign to win them back and leave them out of costly ones.",
            Self::Others => {
                "Look at single cases: most buy often but for little, so a fuller basket is what to aim for."
            }
        }
    }
}

impl FromStr for RfmSegment {
    type Err = UnknownSegment;

    fn from_str(id: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|segment| segment.id() == id).ok_or_else(|| UnknownSegment(id.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_scores() -> impl Iterator<Item = Score> {
        (0..125_u8).map(|i| Score { r_score: 1 + i / 25, f_score: 1 + i / 5 % 5, m_score: 1 + i % 5 })
    }

    /// Counted by a separate program from the intervals in the package's documentation.
    #[test]
    fn every_segment_is_reached_and_ten_scores_are_left_over() {
        let expected = [1, 35, 15, 8, 15, 6, 7, 4, 10, 14, 10];
        for (segment, expected) in RfmSegment::ALL.into_iter().zip(expected) {
            assert_eq!(all_scores().filter(|score| score.segment() == segment).count(), expected, "{segment:?}");
        }
        let others: Vec<u16> = all_scores().filter(|s| s.segment() == RfmSegment::Others).map(Score::code).collect();
        assert_eq!(others, [215, 241, 251, 252, 341, 351, 441, 451, 541, 551]);
    }

    /// The first customers in the table of segments of the package's introduction.
    #[test]
    fn segments_are_those_of_the_package() {
        for (code, name) in [
            (343, "Potential Loyalist"),
            (412, "New Customers"),
            (323, "Loyal Customers"),
            (544, "Potential Loyalist"),
            (433, "Potential Loyalist"),
            (555, "Champions"),
            (355, "Potential Loyalist"),
            (321, "About To Sleep"),
            (445, "Potential Loyalist"),
        ] {
            let score = all_scores().find(|score| score.code() == code).unwrap();
            assert_eq!(score.segment().name(), name, "{code}");
        }
    }

    #[test]
    fn ids_are_read_back_and_are_those_of_json() {
        for segment in RfmSegment::ALL {
            assert_eq!(segment.id().parse(), Ok(segment));
            assert_eq!(serde_json::to_string(&segment).unwrap(), format!("{:?}", segment.id()));
            assert!(segment.action().ends_with('.'));
        }
        assert_eq!("Champions".parse::<RfmSegment>(), Err(UnknownSegment("Champions".into())));
    }
}
