using Rel4.Cli.Commands;
using Rel4.Hosted.Observation;

namespace Rel4.Cli.Observing;

/// <summary>Finds the running system that the user means.</summary>
internal static class SystemChoice
{
    /// <summary>Finds the system whose kernel is in a process, or the only one that there is.</summary>
    /// <param name="processId">The process; null for any.</param>
    /// <exception cref="CommandFailure">There is none, or more than one.</exception>
    public static async Task<ObservedSystem> FindAsync(int? processId, CancellationToken cancellationToken)
    {
        IReadOnlyList<ObservedSystem> all = await ObservedSystem.FindAllAsync(cancellationToken);
        string running = string.Join(", ", all.Select(system => system.ProcessId));
        return (processId, all.Count) switch
        {
            (null, 1) => all[0],
            (_, 0) => throw new CommandFailure("No system of this user is running. Start one: rel4 run SYSTEM.json"),
            (null, _) => throw new CommandFailure($"Several systems are running: name the process of one of them, {running}."),
            ({ } id, _) => all.FirstOrDefault(system => system.ProcessId == id)
                ?? throw new CommandFailure($"Process {id} runs no system of this user. These do: {running}."),
        };
    }

    /// <summary>Looks at a system.</summary>
    /// <exception cref="CommandFailure">It has ended.</exception>
    public static async Task<SystemSnapshot> LookAsync(ObservedSystem system, CancellationToken cancellationToken) =>
        await system.LookAsync(cancellationToken)
        ?? throw new CommandFailure($"The system in process {system.ProcessId} has ended, or lets nobody look.");
}
