//! What must be decided before a flow is sent. Policy releases a flow whose guard is that of its question.

/// Anyone may send it: it says nothing of a user that the receiver does not know.
#[derive(Clone, Copy, Debug)]
pub enum Open {}

/// A partner system is asked on behalf of a user, who must be authorised to (TS 23.280 10.9.3.10.2 step 2).
#[derive(Clone, Copy, Debug)]
pub enum Ask {}

/// It discloses a user's data, who must be authorised to be reported (TS 23.280 10.9.3.10.2 step 4).
#[derive(Clone, Copy, Debug)]
pub enum Disclose {}
