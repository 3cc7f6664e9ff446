//! oms-local
