using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Reports a system call of Linux that failed.</summary>
public class LinuxException : IOException
{
    /// <summary>Describes the failure.</summary>
    /// <param name="call">The name of the system call.</param>
    /// <param name="error">Its error number.</param>
    public LinuxException(string call, LinuxError error)
        : this($"{Describe(call, error)}.", call, error)
    {
    }

    /// <summary>Describes the failure of a call about a file.</summary>
    /// <param name="call">The name of the system call.</param>
    /// <param name="error">Its error number.</param>
    /// <param name="path">The path of the file.</param>
    public LinuxException(string call, LinuxError error, string path)
        : this($"{path}: {Describe(call, error)}.", call, error)
    {
    }

    /// <summary>Describes the failure in words of the caller's.</summary>
    /// <param name="message">What failed, why, and what to do.</param>
    /// <param name="call">The name of the system call.</param>
    /// <param name="error">Its error number.</param>
    protected LinuxException(string message, string call, LinuxError error)
        : base(message)
    {
        Call = call;
        Error = error;
    }

    /// <summary>Gets the name of the system call.</summary>
    public string Call { get; }

    /// <summary>Gets the error number.</summary>
    public LinuxError Error { get; }

    /// <summary>Passes on a result that is not negative, and throws what errno says otherwise.</summary>
    internal static int Check(int result, string call) =>
        result >= 0 ? result : throw new LinuxException(call, (LinuxError)Marshal.GetLastPInvokeError());

    /// <summary>Says which call failed and how, as <c>mount: EPERM (Operation not permitted)</c>.</summary>
    protected static string Describe(string call, LinuxError error) =>
        $"{call}: {error} ({Marshal.GetPInvokeErrorMessage((int)error)})";
}
