namespace Rel4.Runtime.Tests;

/// <summary>Checks what an exception tells.</summary>
internal static class Refusals
{
    /// <summary>Checks that the kernel refuses something, and that the exception says exactly this.</summary>
    public static SeL4Exception Says(string message, Action refused)
    {
        SeL4Exception exception = Assert.Throws<SeL4Exception>(refused);
        Assert.Equal(message, exception.Message);
        Assert.Contains(exception.Operation, message, StringComparison.Ordinal);
        Assert.Contains(exception.Cause, message, StringComparison.Ordinal);
        Assert.EndsWith(exception.Remedy + ".", message, StringComparison.Ordinal);
        return exception;
    }
}
