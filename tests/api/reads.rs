//! What reading costs, and how old what is read may be.

mod hot;
mod published;
mod sales;
mod slow;
