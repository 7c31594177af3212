using System.Runtime.InteropServices;
using Rel4.Runtime;

namespace Rel4.Hosted.Linux;

/// <summary>Reports a system call of Linux that failed.</summary>
public class LinuxException : Rel4Exception
{
    /// <summary>Describes the failure.</summary>
    /// <param name="call">The name of the system call.</param>
    /// <param name="error">Its error number.</param>
    public LinuxException(string call, LinuxError error)
        : this($"{Describe(call, error)}. {AdviceOn(error)}".TrimEnd(), call, error)
    {
    }

    /// <summary>Describes the failure of a call about a file.</summary>
    /// <param name="call">The name of the system call.</param>
    /// <param name="error">Its error number.</param>
    /// <param name="path">The path of the file.</param>
    public LinuxException(string call, LinuxError error, string path)
        : this($"{path}: {Describe(call, error)}. {AdviceOn(error)}".TrimEnd(), call, error)
    {
    }

    /// <summary>Describes the failure in words of the caller's.</summary>
    /// <param name="message">What failed, why, and what to do.</param>
    /// <param name="call">The name of the system call.</param>
    /// <param name="error">Its error number.</param>
    protected LinuxException(string message, string call, LinuxError error)
        : base(Rel4ErrorCode.Machine, message)
    {
        Call = call;
        Error = error;
    }

    /// <summary>Gets the name of the system call.</summary>
    public string Call { get; }

    /// <summary>Gets the error number.</summary>
    public LinuxError Error { get; }

    /// <summary>Says that Linux reserves no such memory, and which of its limits that comes from.</summary>
    internal static LinuxException NoAddresses(nuint size, LinuxError error)
    {
        ulong limit = ResourceLimit.Current(Resource.AddressBytes).Soft;
        string cause = limit == ResourceLimit.Unlimited
            ? "The machine may refuse to promise more memory than it has: set vm.overcommit_memory to 0 or 1"
            : $"This process may have {limit >> 20} MiB of addresses in all: raise its limit (ulimit -v unlimited)";
        return new LinuxException(
            $"{size >> 20} MiB of addresses for objects of the kernel can't be reserved: {Describe("mmap", error)}. {cause}, or make the kernel "
            + "smaller (HostedKernelOptions.MemoryBits; kernel.memoryBits in a system file).",
            "mmap",
            error);
    }

    /// <summary>Passes on a result that is not negative, and throws what errno says otherwise.</summary>
    internal static int Check(int result, string call) =>
        result >= 0 ? result : throw new LinuxException(call, (LinuxError)Marshal.GetLastPInvokeError());

    /// <summary>Says what to do about an error that has one cause, whatever was called.</summary>
    protected static string AdviceOn(LinuxError error) => error switch
    {
        LinuxError.EMFILE => $"This process has no descriptors left, of {ResourceLimit.Current(Resource.Descriptors).Soft}: raise its limit (ulimit -n).",
        LinuxError.ENFILE => "The machine has no descriptors left: raise its limit (sysctl fs.file-max), or end what holds them.",
        LinuxError.EROFS => "The file system is read-only.",
        _ => "",
    };

    /// <summary>Says which call failed and how, as <c>mount: EPERM (Operation not permitted)</c>.</summary>
    protected static string Describe(string call, LinuxError error) =>
        $"{call}: {error} ({Marshal.GetPInvokeErrorMessage((int)error)})";
}
