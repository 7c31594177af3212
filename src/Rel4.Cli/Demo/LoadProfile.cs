namespace Rel4.Cli.Demo;

/// <summary>Describes a load on the service.</summary>
/// <param name="Command">SET or GET.</param>
/// <param name="Connections">How many clients there are.</param>
/// <param name="Pipeline">How many requests each has under way.</param>
internal sealed record LoadProfile(string Command, int Connections, int Pipeline);

/// <summary>Is what came of a load.</summary>
/// <param name="RequestsPerSecond">How many requests were answered.</param>
/// <param name="MedianMs">How long half of them took at most.</param>
/// <param name="P99Ms">How long 99 of a hundred took at most.</param>
internal sealed record LoadResult(double RequestsPerSecond, double MedianMs, double P99Ms);

/// <summary>Puts load on the service.</summary>
internal interface ILoadGenerator
{
    /// <summary>Gets what users know it by.</summary>
    string Name { get; }

    /// <summary>Puts load on the service for about as long.</summary>
    /// <exception cref="Commands.CommandFailure">The service does not answer as it should.</exception>
    Task<LoadResult> RunAsync(int port, LoadProfile profile, TimeSpan duration, CancellationToken cancellationToken);
}
