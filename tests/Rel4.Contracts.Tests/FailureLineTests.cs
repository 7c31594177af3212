using System.Runtime.CompilerServices;

namespace Rel4.Contracts.Tests;

/// <summary>Writes exceptions that quote what a client sent.</summary>
public sealed class FailureLineTests
{
    [Fact]
    public void Printable_OfTextThatCommandsATerminal_HasNoCommandAndBeginsNoLine() =>
        Assert.Equal("failed: \uFFFD[31m\n    reL4: all is well\uFFFD\t.", Printable(null, "failed: \u001b[31m\nreL4: all is well\r\t."));

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod)]
    private static extern string Printable([UnsafeAccessorType("Rel4.Contracts.FailureLine, Rel4.Contracts")] object? line, string text);
}
