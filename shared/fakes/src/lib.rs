//! oms-fakes
