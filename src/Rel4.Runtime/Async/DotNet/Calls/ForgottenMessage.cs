namespace Rel4.Runtime;

/// <summary>Reports messages that code has received, or begun to write, and forgotten.</summary>
internal static class ForgottenMessage
{
    /// <summary>Reports one: to whoever listens, or else by an <see cref="ErrorLine"/>.</summary>
    public static void Report(ForgottenMessageEventArgs forgotten)
    {
        RuntimeMeter.AddForgotten();
        ForgottenSearch.Found();
        if (ReL4.RaiseMessageForgotten(forgotten))
            return;
        ErrorLine.Write(forgotten.Describe());
    }
}
