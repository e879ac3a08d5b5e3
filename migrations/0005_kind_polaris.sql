DROP INDEX `leases_live_by_deadline`;--> statement-breakpoint
DROP INDEX `runs_by_agent`;