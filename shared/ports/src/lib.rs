//! oms-ports
