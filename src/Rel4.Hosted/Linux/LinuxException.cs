using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Reports a Linux system call that failed: which, and why.</summary>
public sealed class LinuxException : Win32Exception
{
    internal LinuxException(string call, int error)
        : base(error, $"{call}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})") => Call = call;

    /// <summary>Gets the name of the system call.</summary>
    public string Call { get; }

    /// <summary>Passes on a result that is not negative, and throws what errno says otherwise.</summary>
    internal static int Check(int result, string call) => result >= 0 ? result : throw new LinuxException(call, Marshal.GetLastPInvokeError());
}
