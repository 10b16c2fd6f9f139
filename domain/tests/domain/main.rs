//! The domain's tests from outside, in one binary.

mod stored;
