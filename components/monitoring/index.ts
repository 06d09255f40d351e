export { type Alert, alertsOf } from "./alerts";
export { dashboardExpressions, dashboardOf } from "./dashboard";
export { cacheEvents, defaultWatched, type Watched } from "./deployment";
export { monitoringFiles } from "./files";
export { dashboardFiles, dashboardLabel, operatorObjects } from "./objects";
