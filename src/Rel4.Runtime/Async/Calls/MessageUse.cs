namespace Rel4.Runtime;

/// <summary>A handle in one of its uses, which a <see cref="Request"/> or <see cref="Response"/> keeps; the default value is none.</summary>
internal readonly struct MessageUse(MessageHandle handle)
{
    private readonly MessageHandle? _handle = handle;

    /// <summary>Gets which use.</summary>
    public int Version { get; } = handle.Version;

    /// <summary>Gets the handle, which looks itself whether the use has ended.</summary>
    public MessageHandle Handle
    {
        get
        {
            if (_handle is null)
                Misuse.Throw("This is the default value, no message: make a call or receive a request first.");
            return _handle;
        }
    }

    /// <summary>Gets the handle of a use that has not ended.</summary>
    public MessageHandle Live
    {
        get
        {
            MessageHandle handle = Handle;
            handle.Check(Version);
            return handle;
        }
    }

    /// <summary>Ends the use without a reply, if it has not ended.</summary>
    public void End() => _handle?.End(Version);
}
