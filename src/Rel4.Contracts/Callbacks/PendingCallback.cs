using Rel4.Contracts.Wire;

namespace Rel4.Contracts;

/// <summary>A call of a callback that waits for the client's answer.</summary>
internal abstract class PendingCallback
{
    /// <summary>Ends the wait by an answer.</summary>
    public abstract void Answer(ushort label, ref ContractReader rest);

    /// <summary>Ends the wait.</summary>
    public abstract void Fail(Exception failure);
}
