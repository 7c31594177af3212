using Rel4.Hosted.Composition;
using Rel4.Runtime;

ReL4.Run(() => SumsContract.ServeAsync(TaskContext.Endpoint("requests"), new Sums()));
