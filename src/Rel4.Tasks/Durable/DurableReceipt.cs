namespace Rel4.Hosted.Durable;

/// <summary>What the servers say of a message that they keep.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Sequence">Its place among those that were stored through the same grant.</param>
/// <param name="WasStoredBefore">Whether one with its id is there, or was within the last two minutes: it was not stored again.</param>
public readonly record struct DurableReceipt(string Id, ulong Sequence, bool WasStoredBefore);
