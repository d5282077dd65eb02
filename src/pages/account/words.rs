//! What the pages of one's own account say.

use crate::pages::words::words;

words! {
    /// What the pages of one's own account say.
    Words {
        log_in: "로그인" / "Log in";
        log_in_why: "주문하고, 쿠폰을 받고, 알림을 받으려면 로그인해 주세요." / "Log in to order, to claim coupons and to be notified.";
        sign_up: "회원가입" / "Sign up";
        sign_up_why: "이름과 이메일이면 됩니다." / "A name and an e-mail address will do.";
        email: "이메일" / "E-mail";
        password: "비밀번호" / "Password";
        password_rule: "8자 이상. 남들이 흔히 쓰는 것은 받지 않습니다." / "At least 8 characters, and not one that many others use.";
        name: "이름" / "Name";
        no_account: "처음이신가요?" / "New here?";
        has_account: "이미 회원이신가요?" / "Have an account?";
        wrong: "이메일이나 비밀번호가 맞지 않습니다." / "The e-mail address or the password is wrong.";
        too_many(seconds): "비밀번호를 너무 많이 틀렸습니다. {seconds}초 뒤에 다시 해 주세요." / "Too many wrong passwords. Try again in {seconds} s.";
        email_taken: "이미 쓰는 이메일입니다. 로그인해 주세요." / "This address has an account. Log in with it.";
        email_wrong: "이메일 주소를 다시 확인해 주세요." / "Check the e-mail address.";
        name_wrong: "1자에서 100자까지, 보이는 글자로 적어 주세요." / "1 to 100 characters that can be seen.";
        password_weak: "8자 이상이고 흔하지 않은 비밀번호를 적어 주세요." / "At least 8 characters that few others would think of.";
        not_kept: "이 주소에서는 브라우저가 로그인을 기억하지 않습니다. HTTPS 주소나 이 컴퓨터의 localhost로 열어 주세요." / "At this address the browser cannot keep you logged in. Open it over HTTPS, or as localhost on this machine.";
        my_account: "내 정보" / "My account";
        since(day): "{day}부터 회원" / "Member since {day}";
        colours: "화면 밝기" / "Colours";
        light: "밝게" / "Light";
        dark: "어둡게" / "Dark";
        browser: "브라우저대로" / "As the browser";
        first_title: "관리자 비밀번호 정하기" / "Set the admin's password";
        first_why(email): "계정: {email}. 이 링크는 한 번만 쓸 수 있습니다." / "Account: {email}. This link works once.";
        first_over: "이 링크는 끝났습니다" / "This link is over";
        first_over_more: "30분이 지났거나, 이미 썼거나, 서버가 다시 시작했습니다. 처음 시작할 때 함께 찍힌 비밀번호로 로그인할 수 있습니다." / "It holds for 30 minutes, works once, and ends when the server restarts. The password that was printed with it still logs you in, unless you have set another.";
        set_password: "비밀번호 정하기" / "Set the password";
        another_password: "비밀번호 바꾸기" / "Change your password";
        another_why: "다른 곳의 로그인은 모두 끝납니다." / "You will be logged out everywhere else.";
        old_password: "지금 비밀번호" / "Password now";
        new_password: "새 비밀번호" / "New password";
        old_wrong: "지금 비밀번호가 맞지 않습니다. 바꾸지 않았습니다." / "That is not your password. Nothing was changed.";
        password_changed: "비밀번호를 바꿨습니다. 다른 곳의 로그인은 끝났습니다." / "Your password is changed. You are logged out everywhere else.";
        log_out: "로그아웃" / "Log out";
        my_orders: "내 주문 보기" / "See my orders";
    }
}
