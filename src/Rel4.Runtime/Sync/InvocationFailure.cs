using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Decodes the details that the kernel returns with a <see cref="SeL4Error"/> (manual section "Error Codes").</summary>
public readonly unsafe struct InvocationFailure
{
    private readonly ulong _word0;
    private readonly ulong _word1;

    private InvocationFailure(SeL4Error error, ulong word0, ulong word1, LookupFailure lookup)
    {
        Error = error;
        _word0 = word0;
        _word1 = word1;
        Lookup = lookup;
    }

    /// <summary>Gets the error; the other properties are 0 where they say nothing about it.</summary>
    public SeL4Error Error { get; }

    /// <summary>Gets which argument is bad; of capabilities, 0 is the one invoked.</summary>
    public ulong Argument => Error is SeL4Error.InvalidArgument or SeL4Error.InvalidCapability ? _word0 : 0;

    /// <summary>Gets the least value allowed.</summary>
    public ulong Least => Error == SeL4Error.RangeError ? _word0 : 0;

    /// <summary>Gets the greatest value allowed.</summary>
    public ulong Greatest => Error == SeL4Error.RangeError ? _word1 : 0;

    /// <summary>Gets the bytes that the untyped memory has left.</summary>
    public ulong BytesLeft => Error == SeL4Error.NotEnoughMemory ? _word0 : 0;

    /// <summary>Gets whether it was the source that could not be looked up.</summary>
    public bool IsSource => Error == SeL4Error.FailedLookup && _word0 != 0;

    /// <summary>Gets why it could not be looked up.</summary>
    public LookupFailure Lookup { get; }

    /// <summary>Reads the details of the invocation that the calling thread made last.</summary>
    /// <param name="error">What it returned.</param>
    /// <remarks>
    /// They lie in the IPC buffer until the next system call or <see cref="SeL4.SetMR"/>; a thread without one gets zeros.
    /// </remarks>
    public static InvocationFailure Of(SeL4Error error)
    {
        IpcBuffer* buffer = UserMachine.Buffer;
        if (buffer == null)
            return new(error, 0, 0, default);
        LookupFailure lookup = error == SeL4Error.FailedLookup ? LookupFailure.Read(buffer->Message[1], 2) : default;
        return new(error, buffer->Message[0], buffer->Message[1], lookup);
    }
}
