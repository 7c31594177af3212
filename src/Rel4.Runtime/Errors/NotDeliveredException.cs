namespace Rel4.Runtime;

/// <summary>Tells that a call was not carried out: who received it passes calls on, for example to another machine, and reached nobody there, or nobody who takes more just now.</summary>
/// <remarks>Doing the same again does no harm, and makes sense: <see cref="Rel4Exception.IsTransient"/>.</remarks>
public sealed class NotDeliveredException : Rel4Exception
{
    internal NotDeliveredException(ulong endpoint, bool isBusy)
        : base(isBusy ? Rel4ErrorCode.OutOfResources : Rel4ErrorCode.NotDelivered, $"A call through {AsyncMachine.Describe("endpoint", endpoint)} was not carried out: {(isBusy
            ? "who serves it at the other end takes no more just now"
            : "nobody serves it at the other end, or that can't be reached")}. It may be made again.") =>
        GrantedName = AsyncMachine.NameOf(endpoint);
}
