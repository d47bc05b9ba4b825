//! Dates and times as the platform writes them. No calendar arithmetic: that is for a date library.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{FieldType, OwnAccess, ValueMut, ValueRef};

/// A calendar day, written `2024-12-31`.
///
/// What an answer holds is kept as it came, so an odd date never fails a response; [`Date::ymd`] reads it.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(String);

impl Date {
    /// The given day, in the platform's time zone (Beijing).
    pub fn new(year: u16, month: u8, day: u8) -> Self {
        Self(format!("{year:04}-{month:02}-{day:02}"))
    }

    /// The text as it is on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Year, month and day, from `2024-12-31` or `20241231`.
    pub fn ymd(&self) -> Option<(u16, u8, u8)> {
        let digits: String = self.0.split('-').collect();
        if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let (month, day) = (digits.get(4..6)?.parse().ok()?, digits.get(6..)?.parse().ok()?);
        ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(())?;
        Some((digits.get(..4)?.parse().ok()?, month, day))
    }
}

text_value!(Date);

/// A moment, in seconds since 1970-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub const fn as_secs(self) -> i64 {
        self.0
    }

    /// The moment as the standard library has it; `None` if it is out of range there.
    pub fn to_system_time(self) -> Option<SystemTime> {
        let distance = Duration::from_secs(self.0.unsigned_abs());
        if self.0 < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(distance)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(distance)
        }
    }
}

impl From<i64> for Timestamp {
    fn from(seconds: i64) -> Self {
        Self(seconds)
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let seconds = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
        };
        Self(seconds)
    }
}

impl FieldType for Timestamp {
    type Access = OwnAccess;
    fn value_ref(&self) -> ValueRef<'_> {
        ValueRef::Int(self.0)
    }
    fn value_mut(&mut self) -> ValueMut<'_> {
        ValueMut::I64(&mut self.0)
    }
    fn blank() -> Self {
        Self(0)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self)
    }
}
