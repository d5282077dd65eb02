//! What reading costs, and how old what is read may be.

mod sales;
