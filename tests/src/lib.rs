//! oms-tests
