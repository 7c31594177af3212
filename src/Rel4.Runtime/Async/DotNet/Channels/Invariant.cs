using System.Runtime.CompilerServices;

namespace Rel4.Runtime.Channels;

/// <summary>Checks the numbered invariants that a type lists in its remarks.</summary>
internal static class Invariant
{
    /// <summary>Throws if an invariant doesn't hold.</summary>
    public static void Require(bool holds, string type, int number, [CallerArgumentExpression(nameof(holds))] string condition = "")
    {
        if (!holds)
            throw new InvalidOperationException($"Invariant {number} of {type} doesn't hold: {condition}");
    }
}
