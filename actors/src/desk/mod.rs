//! What joins the wings.

mod rows;
