namespace Rel4.Contracts.Tests;

/// <summary>Writes exceptions that quote what a client sent.</summary>
public sealed class FailureLineTests
{
    [Fact]
    public void Printable_OfTextThatCommandsATerminal_HasNoCommandAndBeginsNoLine() =>
        Assert.Equal("failed: \uFFFD[31m\n    reL4: all is well\uFFFD\t.", FailureLine.Printable("failed: \u001b[31m\nreL4: all is well\r\t."));
}
