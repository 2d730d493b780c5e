package evolve

// A budget divides the level among judgements. Each has an equal share, fixed
// before any model is trained. What was not spent goes to the next judgement: the
// share of one that did not take place, and the whole level of one that accepted
// its child.
//
// This is the fallback procedure of Wiens (2003, Pharm. Stat. 2, 211–215) for
// hypotheses that come one by one (Tian and Ramdas 2021, Stat. Methods Med. Res.
// 30, 976–993). Until a child that is worse is accepted, all that was passed on
// came from judgements without a child that is worse, so that the levels at which
// such children are judged sum up to [Level] at most, whatever is proposed; and
// with it the probability that any of them is accepted. It does not matter that
// judgements of one round share the parent's models.
type budget struct{ share, carried float64 }

// level is that of the next judgement.
func (b budget) level() float64 { return b.share + b.carried }

// judged tells of the judgement at the level.
func (b *budget) judged(accepted bool) {
	if accepted {
		b.carried = b.level()
	} else {
		b.carried = 0
	}
}

// unused passes the shares of judgements on that did not take place.
func (b *budget) unused(judgements int) { b.carried += b.share * float64(judgements) }
