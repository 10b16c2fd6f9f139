//! The revocations in force, in memory: a pure check, asked for every request and every open socket.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use waybill_domain::OrderId;

/// What a revocation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationKind {
    /// One token, by its id (`jti`), and every session cookie that was given for it.
    Token,
    /// One session, by its id (`sid`): the issuer's, or that of a session cookie.
    Session,
    /// Whatever was issued to a subject up to the time of the revocation.
    Subject,
}

impl RevocationKind {
    /// The name as stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Session => "session",
            Self::Subject => "subject",
        }
    }

    /// The kind of a stored name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Token, Self::Session, Self::Subject]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// One revocation, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Revocation {
    /// Its number, in the order in which revocations were made.
    pub id: i64,
    /// What it is about.
    pub kind: RevocationKind,
    /// The token's id, the session's id, or the subject.
    pub value: String,
    /// When it was made, by the database's clock.
    pub revoked_at: DateTime<Utc>,
    /// From then on no token that it concerns can live, so it is forgotten.
    pub expires_at: DateTime<Utc>,
    /// Why, for people.
    pub reason: Option<String>,
    /// The subject of whoever made it.
    pub by: String,
}

/// What is asked about a caller.
#[derive(Debug, Clone, Copy)]
pub enum Credential<'a> {
    /// A token, or a session cookie that was given for one.
    Account(AccountCredential<'a>),
    /// A tracking link.
    Link {
        /// The order that it shows.
        order_id: OrderId,
        /// When it was issued, to the microsecond.
        issued_at: DateTime<Utc>,
    },
}

/// What is asked about whoever has an account.
#[derive(Debug, Clone, Copy)]
pub struct AccountCredential<'a> {
    /// The token's id, where it has one.
    pub token_id: Option<&'a str>,
    /// The session's id, where it has one.
    pub session_id: Option<&'a str>,
    /// Whose it is.
    pub subject: &'a str,
    /// When it was issued, where it says so.
    pub issued_at: Option<DateTime<Utc>>,
}

/// When the newest revocation of a name was made, and until when it is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    revoked_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

/// All revocations in force. Grows by [`RevocationSet::insert`], shrinks by [`RevocationSet::expire`];
/// whoever inserts keeps it within its bound.
#[derive(Debug, Clone, Default)]
pub struct RevocationSet {
    tokens: HashMap<String, Entry>,
    sessions: HashMap<String, Entry>,
    subjects: HashMap<String, Entry>,
    links: HashMap<OrderId, Entry>,
}

impl RevocationSet {
    /// Whether a credential was taken back.
    ///
    /// A subject's revocation covers what was issued at or before its time. A credential that doesn't
    /// say when it was issued is covered too: it may be older. A tracking link is covered by what was
    /// made for its order at or after its own time.
    #[must_use]
    pub fn is_revoked(&self, credential: &Credential<'_>) -> bool {
        let credential = match credential {
            Credential::Account(credential) => credential,
            Credential::Link {
                order_id,
                issued_at,
            } => {
                return self
                    .links
                    .get(order_id)
                    .is_some_and(|entry| *issued_at <= entry.revoked_at);
            }
        };
        let named = |names: &HashMap<String, Entry>, id: Option<&str>| {
            id.is_some_and(|id| names.contains_key(id))
        };
        named(&self.tokens, credential.token_id)
            || named(&self.sessions, credential.session_id)
            || self.subjects.get(credential.subject).is_some_and(|entry| {
                credential
                    .issued_at
                    .is_none_or(|issued_at| issued_at <= entry.revoked_at)
            })
    }

    /// Adds one and says whether that changed anything. Of two with the same name the later time holds,
    /// for both of their times.
    pub fn insert(&mut self, revocation: &Revocation) -> bool {
        let names = match revocation.kind {
            RevocationKind::Token => &mut self.tokens,
            RevocationKind::Session => &mut self.sessions,
            RevocationKind::Subject => &mut self.subjects,
        };
        let old = names.get(&revocation.value).copied();
        let new = Entry {
            revoked_at: revocation
                .revoked_at
                .max(old.map_or(revocation.revoked_at, |old| old.revoked_at)),
            expires_at: revocation
                .expires_at
                .max(old.map_or(revocation.expires_at, |old| old.expires_at)),
        };
        if old == Some(new) {
            return false;
        }
        names.insert(revocation.value.clone(), new);
        true
    }

    /// Takes back every tracking link of an order that was issued up to `revoked_at`, the last of which
    /// ends at `expires_at`, and says whether that changed anything. Of two the later times hold.
    pub fn revoke_links(
        &mut self,
        order_id: OrderId,
        revoked_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> bool {
        let old = self.links.get(&order_id).copied();
        let new = Entry {
            revoked_at: revoked_at.max(old.map_or(revoked_at, |old| old.revoked_at)),
            expires_at: expires_at.max(old.map_or(expires_at, |old| old.expires_at)),
        };
        self.links.insert(order_id, new);
        old != Some(new)
    }

    /// Forgets what no living token can be concerned by any more, and says whether there was any.
    pub fn expire(&mut self, now: DateTime<Utc>) -> bool {
        let before = (self.len(), self.links());
        for names in [&mut self.tokens, &mut self.sessions, &mut self.subjects] {
            names.retain(|_, entry| entry.expires_at > now);
        }
        self.links.retain(|_, entry| entry.expires_at > now);
        (self.len(), self.links()) != before
    }

    /// Whether [`RevocationSet::expire`] would forget something.
    #[must_use]
    pub fn has_expired(&self, now: DateTime<Utc>) -> bool {
        [&self.tokens, &self.sessions, &self.subjects]
            .into_iter()
            .flat_map(HashMap::values)
            .chain(self.links.values())
            .any(|entry| entry.expires_at <= now)
    }

    /// How many tokens, sessions and subjects are revoked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tokens.len() + self.sessions.len() + self.subjects.len()
    }

    /// Of how many orders the tracking links are revoked; they have a bound of their own.
    #[must_use]
    pub fn links(&self) -> usize {
        self.links.len()
    }

    /// Whether no token, session or subject is revoked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(secs, 0).unwrap()
    }

    fn revocation(
        kind: RevocationKind,
        value: &str,
        revoked_at: i64,
        expires_at: i64,
    ) -> Revocation {
        Revocation {
            id: 1,
            kind,
            value: value.to_owned(),
            revoked_at: at(revoked_at),
            expires_at: at(expires_at),
            reason: None,
            by: "admin-1".to_owned(),
        }
    }

    fn set(revocations: &[Revocation]) -> RevocationSet {
        let mut set = RevocationSet::default();
        for revocation in revocations {
            set.insert(revocation);
        }
        set
    }

    const ANNA: AccountCredential<'_> = AccountCredential {
        token_id: Some("t1"),
        session_id: Some("s1"),
        subject: "anna",
        issued_at: None,
    };

    #[test]
    fn a_token_and_a_session_are_revoked_by_their_id_only() {
        let tokens = set(&[revocation(RevocationKind::Token, "t1", 100, 200)]);
        assert!(tokens.is_revoked(&Credential::Account(ANNA)));
        assert!(!tokens.is_revoked(&Credential::Account(AccountCredential {
            token_id: Some("t2"),
            ..ANNA
        })));
        assert!(!tokens.is_revoked(&Credential::Account(AccountCredential {
            token_id: None,
            session_id: Some("t1"),
            ..ANNA
        })));

        let sessions = set(&[revocation(RevocationKind::Session, "s1", 100, 200)]);
        assert!(sessions.is_revoked(&Credential::Account(ANNA)));
        assert!(
            !sessions.is_revoked(&Credential::Account(AccountCredential {
                session_id: Some("s2"),
                ..ANNA
            }))
        );
    }

    #[test]
    fn a_subject_is_revoked_for_what_was_issued_up_to_then() {
        let set = set(&[revocation(RevocationKind::Subject, "anna", 100, 200)]);
        for (issued_at, revoked) in [(99, true), (100, true), (101, false)] {
            assert_eq!(
                set.is_revoked(&Credential::Account(AccountCredential {
                    issued_at: Some(at(issued_at)),
                    ..ANNA
                })),
                revoked,
                "{issued_at}"
            );
        }
        assert!(
            set.is_revoked(&Credential::Account(ANNA)),
            "a token that doesn't say when it was issued may be older"
        );
        assert!(!set.is_revoked(&Credential::Account(AccountCredential {
            subject: "bert",
            ..ANNA
        })));
    }

    #[test]
    fn of_two_revocations_of_one_name_the_later_times_hold_in_any_order() {
        let early = revocation(RevocationKind::Subject, "anna", 100, 300);
        let late = revocation(RevocationKind::Subject, "anna", 150, 250);
        for order in [[&early, &late], [&late, &early]] {
            let mut both = RevocationSet::default();
            for one in order {
                both.insert(one);
            }
            assert!(both.is_revoked(&Credential::Account(AccountCredential {
                issued_at: Some(at(150)),
                ..ANNA
            })));
            both.expire(at(299));
            assert_eq!(both.len(), 1);
        }
    }

    #[test]
    fn what_concerns_no_living_token_is_forgotten() {
        let mut set = set(&[
            revocation(RevocationKind::Token, "t1", 100, 200),
            revocation(RevocationKind::Session, "s1", 100, 201),
        ]);
        assert!(!set.has_expired(at(199)) && !set.expire(at(199)));
        assert!(set.has_expired(at(200)) && set.expire(at(200)));
        assert_eq!(set.len(), 1);
        assert!(!set.is_revoked(&Credential::Account(AccountCredential {
            session_id: None,
            ..ANNA
        })));
    }

    #[test]
    fn the_links_of_an_order_are_revoked_that_were_issued_up_to_then() {
        let [shown, other] = [
            "01958000-0000-7000-8000-00000000000a",
            "01958000-0000-7000-8000-00000000000b",
        ]
        .map(|id| id.parse().unwrap());
        let mut set = RevocationSet::default();
        assert!(set.revoke_links(shown, at(100), at(200)));
        assert!(
            !set.revoke_links(shown, at(90), at(150)),
            "the later times hold"
        );
        let link = |order_id, secs| Credential::Link {
            order_id,
            issued_at: at(secs),
        };
        assert!(set.is_revoked(&link(shown, 99)) && set.is_revoked(&link(shown, 100)));
        assert!(!set.is_revoked(&link(shown, 101)) && !set.is_revoked(&link(other, 99)));
        assert_eq!((set.len(), set.links()), (0, 1));
        assert!(!set.has_expired(at(199)) && set.has_expired(at(200)));
        assert!(set.expire(at(200)) && set.links() == 0);
    }
}
