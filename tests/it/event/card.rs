//! Cards and gift cards, by the official samples.

use weixin::callback::Event;
use weixin::event_card::CardConsumeSource;
use weixin::Timestamp;

use super::{event, payload};

const CARD: &str = "<CardId><![CDATA[cardid]]></CardId><UserCardCode><![CDATA[12312312]]></UserCardCode>";

#[test]
fn reviews() {
    let passed = event("<Event><![CDATA[card_pass_check]]></Event><CardId><![CDATA[cardid]]></CardId>");
    assert_eq!(payload!(passed, Event::CardApproved).card_id, "cardid");
    let refused = event(
        "<Event><![CDATA[card_not_pass_check]]></Event><CardId><![CDATA[cardid]]></CardId>\
         <RefuseReason><![CDATA[非法代制]]></RefuseReason>",
    );
    assert_eq!(payload!(refused, Event::CardRejected).refuse_reason.as_deref(), Some("非法代制"));
    let merchant = event(
        "<Event><![CDATA[card_merchant_check_result]]></Event><MerchantId>0</MerchantId><IsPass>1</IsPass>\
         <Reason><![CDATA[reason]]></Reason>",
    );
    let merchant = payload!(merchant, Event::SubMerchantChecked);
    assert_eq!(
        (merchant.merchant_id, merchant.passed, merchant.reason.as_deref()),
        (0, true, Some("reason"))
    );
}

#[test]
fn a_card_is_taken() {
    // White space around the marked text, as the official sample has it.
    let taken = event(
        "<Event> <![CDATA[user_get_card]]> </Event><CardId> <![CDATA[pZI8Fjwsy5fVPRBeD78J4RmqVvBc]]> </CardId>
         <IsGiveByFriend>0</IsGiveByFriend><UserCardCode> <![CDATA[226009850808]]> </UserCardCode>
         <FriendUserName> <![CDATA[]]> </FriendUserName><OuterId>0</OuterId>
         <OldUserCardCode> <![CDATA[]]> </OldUserCardCode><OuterStr> <![CDATA[12b]]> </OuterStr>
         <IsRestoreMemberCard>0</IsRestoreMemberCard><IsRecommendByFriend>1</IsRecommendByFriend>
         <UnionId>o6_bmasdasdsad6_2sgVt7hMZOPfL</UnionId>",
    );
    let taken = payload!(taken, Event::CardTaken);
    assert_eq!(
        (taken.card_id.as_str(), taken.user_card_code.as_str()),
        ("pZI8Fjwsy5fVPRBeD78J4RmqVvBc", "226009850808")
    );
    assert!(!taken.given_by_friend);
    assert_eq!(taken.friend_open_id.as_ref().map(AsRef::as_ref), Some(""));
    assert_eq!((taken.outer_id, taken.outer_str.as_deref()), (Some(0), Some("12b")));
    assert_eq!((taken.restored, taken.recommended_by_friend), (Some(false), Some(true)));
    assert_eq!(taken.union_id.as_ref().map(AsRef::as_ref), Some("o6_bmasdasdsad6_2sgVt7hMZOPfL"));
}

#[test]
fn a_card_is_given_used_and_deleted() {
    let given = event(&format!(
        "<Event><![CDATA[user_gifting_card]]></Event>{CARD}<IsReturnBack>0</IsReturnBack>\
         <FriendUserName><![CDATA[obLatjlNerkb62HtSdQUx66C4NTU]]></FriendUserName><IsChatRoom>1</IsChatRoom>"
    ));
    let given = payload!(given, Event::CardGiven);
    assert_eq!((given.returned, given.to_group), (false, true));
    assert_eq!(given.friend_open_id.as_ref().map(AsRef::as_ref), Some("obLatjlNerkb62HtSdQUx66C4NTU"));
    let deleted =
        payload!(event(&format!("<Event><![CDATA[user_del_card]]></Event>{CARD}")), Event::CardDeleted);
    assert_eq!((deleted.card_id.as_str(), deleted.user_card_code.as_str()), ("cardid", "12312312"));
    let used = event(&format!(
        "<Event> <![CDATA[user_consume_card]]> </Event>{CARD}<ConsumeSource> <![CDATA[FROM_API]]> </ConsumeSource>
         <LocationName> <![CDATA[]]> </LocationName><StaffOpenId> <![CDATA[oZ1]]> </StaffOpenId>
         <VerifyCode> <![CDATA[]]> </VerifyCode><RemarkAmount> <![CDATA[]]> </RemarkAmount>
         <OuterStr> <![CDATA[xxxxx]]> </OuterStr>"
    ));
    let used = payload!(used, Event::CardConsumed);
    assert_eq!(
        (used.consume_source, used.staff_open_id.as_ref().map(AsRef::as_ref)),
        (CardConsumeSource::Api, Some("oZ1"))
    );
    assert_eq!((used.location_id, used.outer_str.as_deref()), (None, Some("xxxxx")));
    let paid = event(&format!(
        "<Event>\n<![CDATA[user_pay_from_pay_cell]]>\n</Event>{CARD}<TransId>\n<![CDATA[10022403432015000000000]]>\n\
         </TransId><LocationId>291710000</LocationId><Fee>\n<![CDATA[10000]]>\n</Fee>\
         <OriginalFee>\n<![CDATA[10001]]>\n</OriginalFee>"
    ));
    let paid = payload!(paid, Event::CardPaid);
    assert_eq!(paid.trans_id.as_deref(), Some("10022403432015000000000"));
    assert_eq!((paid.location_id, paid.fee, paid.original_fee), (Some(291_710_000), 10_000, 10_001));
}

#[test]
fn member_cards() {
    let viewed = event(&format!(
        "<Event><![CDATA[user_view_card]]></Event>{CARD}<OuterStr><![CDATA[12b]]></OuterStr>"
    ));
    assert_eq!(payload!(viewed, Event::CardViewed).outer_str.as_deref(), Some("12b"));
    let entered = event(&format!("<Event><![CDATA[user_enter_session_from_card]]></Event>{CARD}"));
    assert_eq!(payload!(entered, Event::CardSessionEntered).user_card_code, "12312312");
    let updated = event(&format!(
        "<Event><![CDATA[update_member_card]]></Event>{CARD}<ModifyBonus>3</ModifyBonus>\
         <ModifyBalance>-1</ModifyBalance>"
    ));
    let updated = payload!(updated, Event::MemberCardUpdated);
    assert_eq!((updated.bonus_change, updated.balance_change), (Some(3), Some(-1)));
    let activated = event(&format!("<Event><![CDATA[submit_membercard_user_info]]></Event>{CARD}"));
    assert_eq!(payload!(activated, Event::MemberCardActivated).card_id, "cardid");
}

#[test]
fn stock_and_coins() {
    let low = event(
        "<Event><![CDATA[card_sku_remind]]></Event><CardId><![CDATA[cardid]]></CardId>\
         <Detail><![CDATA[the card's quantity is equal to 0]]></Detail>",
    );
    assert_eq!(payload!(low, Event::CardStockLow).detail, "the card's quantity is equal to 0");
    for word in ["card_pay_order", "order_status_finance_succ"] {
        let order = event(&format!(
            "<Event><![CDATA[{word}]]></Event><OrderId><![CDATA[404091456]]></OrderId>\
             <Status><![CDATA[ORDER_STATUS_FINANCE_SUCC]]></Status><CreateOrderTime>1453295737</CreateOrderTime>\
             <PayFinishTime>0</PayFinishTime><Desc><![CDATA[]]></Desc><FreeCoinCount><![CDATA[200]]></FreeCoinCount>\
             <PayCoinCount><![CDATA[0]]></PayCoinCount><RefundFreeCoinCount><![CDATA[0]]></RefundFreeCoinCount>\
             <RefundPayCoinCount><![CDATA[0]]></RefundPayCoinCount><OrderType><![CDATA[ORDER_TYPE_SYS_ADD]]></OrderType>\
             <Memo><![CDATA[开通账户奖励]]></Memo><ReceiptInfo><![CDATA[]]></ReceiptInfo>"
        ));
        let order = payload!(order, Event::CardCoinOrderPaid);
        assert_eq!((order.order_id.as_str(), order.free_coin_count), ("404091456", 200.0));
        assert_eq!((order.created_at, order.paid_at), (Timestamp(1_453_295_737), Timestamp(0)));
        assert_eq!(order.memo.as_deref(), Some("开通账户奖励"));
    }
}

#[test]
fn gift_cards() {
    let order = "<PageId><![CDATA[OQK0R3MaFnCm74Phw5hwFJlz5sn+jy1zzM2amDidDbU=]]></PageId>\
                 <OrderId><![CDATA[Z2y2rY74ksZX1ceuGA]]></OrderId>";
    let bought = payload!(
        event(&format!("<Event><![CDATA[giftcard_pay_done]]></Event>{order}")),
        Event::GiftCardBought
    );
    assert_eq!(bought.page_id, "OQK0R3MaFnCm74Phw5hwFJlz5sn+jy1zzM2amDidDbU=");
    let sent = event(&format!(
        "<Event><![CDATA[giftcard_send_to_friend]]></Event>{order}<IsChatRoom>true</IsChatRoom>\
         <IsReturnBack><![CDATA[false]]></IsReturnBack>"
    ));
    let sent = payload!(sent, Event::GiftCardSent);
    assert_eq!((sent.order_id.as_str(), sent.to_group, sent.returned), ("Z2y2rY74ksZX1ceuGA", true, false));
    let accepted = event(&format!(
        "<Event><![CDATA[giftcard_user_accept]]></Event>{order}<IsChatRoom>true</IsChatRoom>"
    ));
    assert!(payload!(accepted, Event::GiftCardAccepted).to_group);
}
