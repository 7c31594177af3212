namespace Rel4.Hosted.Linux;

/// <summary>Holds what is used of <c>signal(7)</c>.</summary>
internal static class Signal
{
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Child = 17;
    public const int Stop = 19;

    /// <summary>The highest number of a signal.</summary>
    public const int Last = 64;

    /// <summary>The size of the kernel's signal set in bytes: a bit for each signal.</summary>
    public const int SetSize = 8;

    /// <summary>Replaces the mask (<c>SIG_SETMASK</c>).</summary>
    public const int SetMask = 2;

    private static readonly string[] Names =
    [
        "0", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2",
        "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU",
        "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>Gets the name of a signal.</summary>
    public static string NameOf(int signal) => signal > 0 && signal < Names.Length ? Names[signal] : $"signal {signal}";
}
