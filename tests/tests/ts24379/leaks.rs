//! What leaves a system that hides its topology names nothing of its inside: not in requests, not in responses, not in
//! certificates. 6.8.2 step 3, as a property of every octet.
