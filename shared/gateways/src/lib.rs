//! oms-gateways
