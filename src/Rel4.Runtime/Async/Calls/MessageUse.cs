namespace Rel4.Runtime;

/// <summary>A handle in one of its uses, which a <see cref="IpcRequest"/> or <see cref="IpcResponse"/> keeps: as two fields, so that it is passed in registers.</summary>
/// <param name="handle">The handle; null for none.</param>
/// <param name="version">Which use.</param>
internal readonly ref struct MessageUse(MessageHandle? handle, int version)
{
    /// <summary>Gets which use.</summary>
    public int Version => version;

    /// <summary>Gets the handle, which looks itself whether the use has ended.</summary>
    public MessageHandle Handle
    {
        get
        {
            if (handle is null)
                Misuse.Throw("This is the default value, no message: make a call or receive a request first.");
            return handle;
        }
    }

    /// <summary>Gets the handle of a use that has not ended.</summary>
    public MessageHandle Live
    {
        get
        {
            Handle.Check(version);
            return handle!;
        }
    }

    /// <summary>Ends the use without a reply, if it has not ended.</summary>
    public void End() => handle?.End(version);
}
