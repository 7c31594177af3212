namespace Rel4.Runtime.Tests;

/// <summary>Does what a test says in each sleep, on the executor's own thread.</summary>
internal sealed class ScriptedParking(List<string> log, params Action[] sleeps) : ExecutorParking
{
    private int _sleep;

    public ulong Doorbells { get; set; }

    /// <summary>Is done after parked was shown: what comes too late to be polled and too early to wake a sleeper.</summary>
    public Action? AfterPrepare { get; set; }

    /// <summary>Gets what others do when they may have the processor.</summary>
    public Action OnYield { get; init; } = () => { };

    public TimeSpan Cost { get; init; }

    public bool Spins { get; init; }

    public override TimeSpan WakeUpCost => Cost;

    public override int Processor => 0;

    public override bool MaySpin => Spins;

    public override void YieldProcessor() => OnYield();

    public override void PreparePark()
    {
        log.Add("prepare");
        AfterPrepare?.Invoke();
        AfterPrepare = null;
    }

    public override void Sleep(TimeSpan timeout)
    {
        log.Add("sleep");
        sleeps[_sleep++]();
    }

    public override void EndPark() => log.Add("end");

    public override void Wake()
    {
    }

    public override ulong TakeDoorbells()
    {
        ulong doorbells = Doorbells;
        Doorbells = 0;
        return doorbells;
    }
}
