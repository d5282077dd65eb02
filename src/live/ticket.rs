//! A ticket is bought by a page, which cannot send headers with a live connection.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::steady_ms;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;

/// A ticket.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TicketAnswer {
    /// Sent once, as `?ticket=…`, from the same address.
    ticket: String,
    /// Seconds it is good for.
    expires_in: i64,
}

/// Sells a ticket.
pub(crate) async fn buy(call: &Call) -> Result<Answer, Problem> {
    let tickets = &call.state.tickets;
    let ticket = tickets.sell(call.bearer()?, call.address(), steady_ms()).ok_or(Code::Busy)?;
    Ok(Answer::ok(&TicketAnswer { ticket, expires_in: tickets.good_for_s }).unstored())
}
