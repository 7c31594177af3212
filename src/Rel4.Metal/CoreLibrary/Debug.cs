namespace System.Diagnostics;

/// <summary>Checks what can't be otherwise, in debug builds.</summary>
public static class Debug
{
    /// <summary>Ends the machine, or the task, if something is not so.</summary>
    [Conditional("DEBUG")]
    public static void Assert(bool condition, string message = "")
    {
        if (!condition)
            Environment.FailFast();
    }
}
