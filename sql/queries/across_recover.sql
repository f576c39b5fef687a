-- Commits or rolls back what is prepared on all nodes, as the coordinator's record says. No table.
SELECT recover_prepared_transactions() AS recovered
