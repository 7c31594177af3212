namespace Rel4.Cli.Commands;

/// <summary>Holds what commands return.</summary>
internal static class ExitCode
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary>Something did not; a message says what.</summary>
    public const int Failure = 1;

    /// <summary>The user stopped it; a shell reports <c>SIGINT</c> so.</summary>
    public const int Interrupted = 130;
}
