namespace Rel4.Runtime.Channels;

/// <summary>Checks the numbered invariants that a type lists in its remarks.</summary>
internal static class Invariant
{
    /// <summary>Ends the task if an invariant doesn't hold.</summary>
    public static void Require(bool holds, string type, int number)
    {
        if (!holds)
            Environment.FailFast();
    }
}
