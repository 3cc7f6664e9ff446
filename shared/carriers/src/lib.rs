//! oms-carriers
