namespace Rel4.Runtime;

/// <summary>A task of .NET's as what lean async methods await. Any thread may make and await it.</summary>
/// <typeparam name="T">The result.</typeparam>
internal sealed class ForeignTask<T> : Completion<T>
{
    private readonly Task _task;
    private readonly Func<Task, T> _getResult;

    public ForeignTask(Task task, Func<Task, T> getResult)
        : base(executor: null!)
    {
        (_task, _getResult) = (task, getResult);
        // Whoever awaits it goes on at once; how it has ended the task says itself.
        if (task.IsCompleted)
            SetOutcome(error: null);
    }

    public override bool HasEnded(int version) => _task.IsCompleted;

    public override T GetResult(int version) => _getResult(_task);

    public override ValueTask<T> ToValueTask(int version) => new((Task<T>)_task);

    public override ValueTask ToUntypedValueTask(int version) => new(_task);

    internal override void Suspend(CoFrame frame, int version)
    {
        // By hand: whatever context the method has installed, its frame goes on at home.
        Coroutine owner = Rel4.Runtime.Executor.Required.CurrentOwner;
        _task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => owner.Post(static frame => ((CoFrame)frame!).MoveNext(), frame));
    }

    internal override void OnCompleted(Action continuation, int version) => _task.GetAwaiter().UnsafeOnCompleted(continuation);
}
