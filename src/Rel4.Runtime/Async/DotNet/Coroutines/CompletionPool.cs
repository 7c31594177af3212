namespace Rel4.Runtime;

/// <content>Exceptions.</content>
internal sealed partial class CompletionPool<T>
{
    /// <summary>Takes one that has failed.</summary>
    public Completion<T> Fail(Exception error)
    {
        Completion<T> failed = Rent();
        failed.TrySetException(failed.Version, error);
        return failed;
    }
}
