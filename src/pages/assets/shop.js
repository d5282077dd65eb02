// The elements of the shop front. One that a page lacks does nothing there.

import "./time-left.js";
import "./stock-left.js";
import "./live-status.js";
import "./buy-form.js";
import "./claim-form.js";
import "./own-part.js";
