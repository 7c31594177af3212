namespace Rel4.Runtime;

/// <summary>What another thread has handed over to an executor, and waits for.</summary>
internal interface IHandedOver
{
    /// <summary>Says that the executor will not do it. Any thread; only before it has begun.</summary>
    void Fail(Exception error);
}
