using System.CommandLine;
using System.Globalization;
using Rel4.Cli.Commands;
using Rel4.Hosted.Observation;

namespace Rel4.Cli.Observing;

/// <summary>Finds the running system that the user means.</summary>
internal static class SystemChoice
{
    /// <summary>Makes the argument that says which system is meant.</summary>
    public static Argument<string?> Argument() => new("PROCESS")
    {
        Description = "The process with the kernel, where several systems run; of several in one process, as 4711.2.",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = result =>
        {
            if (result.Tokens.Count == 0)
                return null;
            string given = result.Tokens[^1].Value;
            if (!IsId(given))
                result.AddError($"PROCESS takes the number of a process, and of a system in it if it has several, as 4711 or 4711.2, and not '{given}'.");
            return given;
        },
    };

    /// <summary>Tells whether a text can say which system is meant.</summary>
    public static bool IsId(string text) => text.Split('.') is { Length: 1 or 2 } parts
        && parts.All(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0);

    /// <summary>Finds the system whose kernel is in a process, or the only one that there is.</summary>
    /// <param name="id">The process, and behind a dot which of its systems where it has several: <c>1234.2</c>; null for any.</param>
    /// <exception cref="CommandFailure">There is none, or more than one.</exception>
    public static async Task<ObservedSystem> FindAsync(string? id, CancellationToken cancellationToken)
    {
        IReadOnlyList<ObservedSystem> all = await ObservedSystem.FindAllAsync(cancellationToken);
        string running = string.Join(", ", all.Select(system => system.Id));
        return (id, all.Count) switch
        {
            (null, 1) => all[0],
            (_, 0) => throw new CommandFailure("No system of this user is running. Start one: rel4 run SYSTEM.json"),
            (null, _) => throw new CommandFailure($"Several systems are running: name the process of one of them, {running}."),
            ({ } wanted, _) => all.FirstOrDefault(system => system.Id == wanted)
                ?? throw new CommandFailure($"Process {wanted} runs no system of this user. These do: {running}."),
        };
    }

    /// <summary>Looks at a system.</summary>
    /// <exception cref="CommandFailure">It has ended.</exception>
    public static async Task<SystemSnapshot> LookAsync(ObservedSystem system, CancellationToken cancellationToken) =>
        await system.LookAsync(cancellationToken)
        ?? throw new CommandFailure($"The system in process {system.Id} has ended, or lets nobody look.");
}
