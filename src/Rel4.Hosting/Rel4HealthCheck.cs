using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rel4.Hosted.Supervision;

namespace Rel4.Hosting;

/// <summary>A system's health: degraded while a task starts or waits to be started again, unhealthy when one has failed or no system runs.</summary>
internal sealed class Rel4HealthCheck(Rel4System host) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Check());

    private HealthCheckResult Check()
    {
        if (host.TryGet() is not { } system)
            return HealthCheckResult.Unhealthy("the system does not run");
        Dictionary<string, TaskState> states = system.Tasks.ToDictionary(task => task.Name, task => task.State);
        Dictionary<string, object> data = states.ToDictionary(task => task.Key, task => (object)task.Value.ToString());
        if (NamesOf(TaskState.Failed) is { Length: > 0 } failed)
            return HealthCheckResult.Unhealthy($"failed: {failed}", data: data);
        if (NamesOf(TaskState.BackingOff) is { Length: > 0 } waiting)
            return HealthCheckResult.Degraded($"wait to be started again: {waiting}", data: data);
        return NamesOf(TaskState.Starting) is { Length: > 0 } starting
            ? HealthCheckResult.Degraded($"start: {starting}", data: data)
            : HealthCheckResult.Healthy("all tasks run or have done their work", data);

        string NamesOf(TaskState state) => string.Join(", ", states.Where(task => task.Value == state).Select(task => task.Key));
    }
}
