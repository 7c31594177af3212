namespace Rel4.Runtime;

/// <summary>The result of an async method of a lean type that did not suspend; pooled by its thread.</summary>
/// <typeparam name="T">The result.</typeparam>
internal sealed class MethodResult<T> : Completion<T>
{
    [PerThread]
    private static MethodResult<T>? t_free;

    private MethodResult(Executor executor)
        : base(executor)
    {
    }

    /// <summary>Takes one that is pending.</summary>
    /// <exception cref="InvalidOperationException">The thread has no executor.</exception>
    public static MethodResult<T> Rent()
    {
        Executor executor = Executor.Required;
        if (t_free is not { } result || result.Executor != executor)
            return new MethodResult<T>(executor);
        t_free = (MethodResult<T>?)result.Next;
        return result;
    }

    /// <summary>Ends a method by an exception, which may not have been suspended.</summary>
    public static void Fail(ref Completion<T>? result, Exception error) => (result ??= Rent()).CompleteMethod(error);

    private protected override void Recycle()
    {
        Next = t_free;
        t_free = this;
    }
}
