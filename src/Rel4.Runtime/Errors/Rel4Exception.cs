namespace Rel4.Runtime;

/// <summary>Is the base of all exceptions that tell of failures of reL4's IPC, systems and machines.</summary>
/// <remarks>
/// <para>
/// Beside them there are .NET's own: <see cref="ArgumentException"/>, <see cref="InvalidOperationException"/> and <see cref="ObjectDisposedException"/> for what a program can know to be wrong before it
/// asks anybody, <see cref="TimeoutException"/> for a call that had no answer in time, and <see cref="OperationCanceledException"/>. So a policy of retries takes
/// <c>Handle&lt;Rel4Exception&gt;(failure => failure.IsTransient).Or&lt;TimeoutException&gt;()</c>.
/// </para>
/// <para>It is an <see cref="IOException"/>, which whoever reads from a <see cref="Stream"/> over an endpoint expects.</para>
/// </remarks>
public abstract class Rel4Exception : IOException
{
    /// <summary>Makes one.</summary>
    /// <param name="code">What it is about.</param>
    /// <param name="message">Who, what, and what to do.</param>
    /// <param name="innerException">Its cause; may be null.</param>
    protected Rel4Exception(Rel4ErrorCode code, string message, Exception? innerException = null)
        : base(message, innerException) => ErrorCode = code;

    /// <summary>Gets what it is about.</summary>
    public Rel4ErrorCode ErrorCode { get; }

    /// <summary>Gets the name under which the endpoint or other object was granted to this task; null if it has none, or none is concerned.</summary>
    public string? GrantedName { get; protected set; }

    /// <summary>Gets the label of the message; null if it is not known any more, or none is concerned.</summary>
    public ulong? Label { get; protected init; }

    /// <summary>Gets the limit that was met; null if it is not known, or none is concerned. Its unit follows from <see cref="ErrorCode"/> and the message.</summary>
    public long? Limit { get; protected init; }

    /// <summary>
    /// Gets whether doing the same again may succeed, with nothing mended. A call may have been carried out the first time: only what does no harm twice is to be repeated.
    /// </summary>
    public virtual bool IsTransient => ErrorCode is Rel4ErrorCode.OutOfResources or Rel4ErrorCode.PeerEnded or Rel4ErrorCode.NotAnswered or Rel4ErrorCode.NotDelivered;

    /// <summary>Gets whether the other side may have acted on the message. If not, nothing was done by anybody, and doing it again does no harm.</summary>
    public virtual bool MayHaveActed => ErrorCode is not (Rel4ErrorCode.Refused or Rel4ErrorCode.NoCapability or Rel4ErrorCode.OutOfResources or Rel4ErrorCode.TooLong
        or Rel4ErrorCode.NotDelivered or Rel4ErrorCode.Definition);
}
